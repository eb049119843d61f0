## Qué falla en un archivo. Cada frase dice por qué y cómo hacerlo mejor.

photo-not-an-image = Este archivo no es una imagen. Envía una foto (JPEG, PNG, WebP, HEIC o TIFF).
photo-unsupported = No puedo leer este tipo de imagen. Envíala como JPEG, PNG, WebP, HEIC o TIFF.
photo-too-many-bytes = Este archivo es demasiado grande para mí. Envía uno más pequeño; una foto normal de teléfono sirve.
photo-too-many-pixels = Esta imagen tiene demasiados píxeles para mí. Envía una foto normal de teléfono.
photo-too-small = La imagen es demasiado pequeña para ver bien la piel. Envía la foto original, no una miniatura.
photo-corrupt = La imagen está dañada y no puedo leerla. Envíala otra vez como JPEG o PNG.
photo-timeout = Esta imagen tardó demasiado en abrirse. Envíala otra vez como una foto normal de teléfono.
photo-memory = Esta imagen es demasiado grande para abrirla. Envíala otra vez como una foto normal de teléfono.
photo-empty = Este archivo está vacío. Envía la foto otra vez.
photo-truncated = La imagen está cortada y no puedo leerla. Envíala otra vez.
photo-animated = Esta imagen se mueve. Envía una sola foto fija.
photo-too-many = { $limit ->
    [one] Puedo mirar { $limit } foto a la vez. Elige la mejor.
   *[other] Puedo mirar hasta { $limit } fotos a la vez. Elige las mejores.
  }

## Qué falla en una foto

photo-too-dark = La foto está demasiado oscura. Hazla con luz del día o bajo una lámpara fuerte.
photo-too-bright = La foto tiene demasiada luz y la piel se ve descolorida. Apaga el flash o ponte a la sombra.
photo-glare = La luz se refleja en la piel y tapa una parte. Inclina un poco el móvil o apaga el flash.
photo-blurred = La foto está borrosa. Sujeta el móvil quieto, a un palmo de distancia, y toca la mancha para enfocar.
photo-low-contrast = La zona apenas se distingue de la piel de alrededor. Haz la foto junto a una ventana, con luz de lado.
photo-no-skin = No veo piel en esta foto. Haz una que muestre sobre todo la piel.
photo-face = En la foto se ve una cara entera. Envía solo un primer plano de la zona, para que nadie sea reconocible.
photo-several-people = En la foto hay más de una persona. Envía un primer plano de la piel de una sola persona.
photo-drawing = Esto parece un dibujo o una imagen creada por ordenador, no una foto. Envía una foto de la piel.
photo-screenshot = Esto parece una captura de pantalla. Envía la foto original.
photo-synthetic = Esta es una de las imágenes sintéticas que dibujé yo. Solo miro fotos reales.
photo-intimate = Por favor, no envíes aquí fotos de zonas íntimas. Un médico o un centro de salud sexual puede ayudarte en privado.
photo-histology = Esto parece tejido visto al microscopio. Solo un patólogo puede leerlo. Puedo explicarte las palabras de un informe escrito si lo pegas aquí.
photo-dermoscopy = Esto parece una imagen hecha con un microscopio de piel (dermatoscopio). Conozco mejor las fotos de móvil, así que toma mi respuesta con más cuidado.
photo-ruler-ink = En la foto hay una regla o tinta. Puede confundirme. Si puedes, haz una sin eso.
photo-used-anyway = La foto no es ideal ({ $reason }), así que mi respuesta es menos segura.
photo-some-rejected = { $count ->
    [one] He dejado fuera { $count } foto: { $reason }
   *[other] He dejado fuera { $count } fotos: { $reason }
  }
photo-download-failed = No he podido recoger la foto del chat. Envíala otra vez.

## Por qué una foto es menos segura, para photo-used-anyway

photo-reason-small = un poco pequeña
photo-reason-little-skin = se ve poca piel
photo-reason-dark = un poco oscura
photo-reason-bright = con un poco de exceso de luz
photo-reason-blurred = un poco borrosa
photo-reason-low-contrast = la zona apenas se distingue
photo-reason-ruler-ink = hay una regla o tinta
photo-reason-dermoscopy = hecha con un dermatoscopio
photo-reason-face = se ve una cara; un primer plano de la zona me diría más y protege tu intimidad
