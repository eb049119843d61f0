## Primer contacto

consent-title = Antes de empezar
consent-what = Miro una foto de la piel y explico qué puede mostrar. También dibujo imágenes de referencia. Soy un programa, no un médico. No puedo decirte qué tienes ni descartar nada.
consent-what-clinician = Esta herramienta describe una foto de la piel, ordena las afecciones posibles y dibuja imágenes de referencia sintéticas. Da información, no un diagnóstico, y no es un producto sanitario.
consent-age = Debes tener 18 años o más, y la foto debe mostrar tu propia piel o la de una persona adulta que esté de acuerdo.
consent-emergency = En una emergencia no me esperes: llama al número de emergencias de tu país (112 o 911).
consent-data = { $days ->
    [one] Guardo tu foto y nuestra conversación, cifradas, durante { $days } día y después las borro.
   *[other] Guardo tu foto y nuestra conversación, cifradas, durante { $days } días y después las borro.
  } Puedes borrarlo todo en cualquier momento con /delete.
consent-ask = ¿Estás de acuerdo?
consent-needed = Solo puedo mirar fotos cuando estés de acuerdo.
consent-thanks = Gracias. Envíame una foto de la piel y, si quieres, unas palabras sobre ella.
consent-held = Gracias. Estoy mirando la foto que ya enviaste.

## Ayuda

help-title = Qué puedes pedirme
help-intro = Envía una o más fotos de la piel, con o sin palabras. Después pregunta lo que quieras saber.
help-new = /new: empezar un caso nuevo
help-stop = /stop: parar lo que estoy haciendo
help-reference = /reference tiña: imágenes de referencia de una afección
help-pick = /pick 2: mirar sola una de varias manchas numeradas
help-history = /history: tus casos recientes
help-language = /language: cambiar el idioma
help-privacy = /privacy: qué guardo y cuánto tiempo
help-export = /export: recibir una copia de todo lo que guardo sobre ti
help-delete = /delete: borrar todo lo que guardo sobre ti
help-feedback = /feedback: decir qué estuvo bien o mal
help-help = /help: esta lista
help-photo-tips = Buenas fotos: luz del día, nítidas, a un palmo de distancia y con algo de piel sana alrededor. Añade una desde más lejos si la zona es grande.

## Privacidad

privacy-title = Qué guardo
privacy-kept = { $days ->
    [one] Tus fotos, nuestra conversación y las imágenes que dibujé: cifradas, durante { $days } día desde el último mensaje.
   *[other] Tus fotos, nuestra conversación y las imágenes que dibujé: cifradas, durante { $days } días desde el último mensaje.
  }
privacy-photo = Quito de cada foto los datos de lugar, hora y cámara antes de guardarla.
privacy-use = Solo las uso para responderte. No entreno modelos con ellas y no las vendo ni las comparto.
privacy-platform = El servicio de chat que usas tiene su propia copia de lo que envías. Esa no la puedo borrar.
privacy-rights = /export te da una copia. /delete borra todo lo que hay aquí.

## Un turno

photo-arrived = { $count ->
    [one] Ha llegado tu foto. La estoy mirando.
   *[other] Han llegado tus { $count } fotos. Las estoy mirando.
  }
thinking = Déjame pensar.
drawing = Estoy dibujando las imágenes de referencia.
looking-closer = Estoy comprobando en qué parte de la foto se ve el cambio.
queue-place = { $ahead ->
    [0] Es tu turno.
    [one] Hay una persona antes que tú.
   *[other] Hay { $ahead } personas antes que tú.
  }
queue-estimate = { $seconds ->
    [one] Tardará alrededor de { $seconds } segundo.
   *[other] Tardará alrededor de { $seconds } segundos.
  }
queue-estimate-minutes = { $minutes ->
    [one] Tardará alrededor de { $minutes } minuto.
   *[other] Tardará alrededor de { $minutes } minutos.
  }
stopped = He parado. Pregúntame otra cosa cuando quieras.
nothing-to-stop = No hay nada que parar.
new-case = He abierto un caso nuevo. Envíame una foto.
no-photo-yet = Envíame primero una foto de la piel; después puedo responder preguntas sobre ella.
case-expired = Ese caso ya está borrado porque pasó su plazo. Envía la foto otra vez para seguir.

## Historial, copia, borrado

history-title = Tus casos recientes
history-line = { $date }: { $title }
history-untitled = caso sin respuesta
history-empty = Todavía no hay casos.
export-ready = Aquí está todo lo que guardo sobre ti.
export-nothing = No guardo nada sobre ti.
export-file-name = mis-conversaciones-de-piel
delete-ask = Esto borra todas tus fotos, conversaciones e imágenes de aquí. No se puede deshacer. ¿Borrarlo todo?
delete-done = { $items ->
    [0] No había nada que borrar.
    [one] Hecho. He borrado { $items } elemento.
   *[other] Hecho. He borrado { $items } elementos.
  } Comprobante: { $receipt }.
delete-cancelled = No he borrado nada.

## Ajustes y opiniones

language-ask = ¿Qué idioma uso?
language-name = Español
language-changed = A partir de ahora escribo en español.
language-unknown = Todavía no hablo { $language }. Hablo: { $languages }.
feedback-ask = ¿Te ha servido?
feedback-why = Gracias. ¿Qué faltaba o estaba mal? Puedes escribirlo después de /feedback.
feedback-thanks = Gracias. Eso ayuda a mejorar.

## Grupos

group-notice = Esto es un grupo: todos pueden ver la foto y mi respuesta. Para que sea privado, escríbeme a solas.
group-mention = En un grupo solo respondo si me mencionas o me respondes.

## Botones

button-agree = De acuerdo, y tengo 18 años o más
button-decline = No, gracias
button-privacy = ¿Qué se guarda?
button-stop = Parar
button-another = Otra
button-milder = Más leve
button-more-severe = Más grave
button-other-tone = Otro tono de piel
button-compare = Comparar con { $name }
button-on-my-photo = En mi foto
button-helpful = Me sirve
button-not-helpful = No me sirve
button-skip = Saltar
button-yes-delete = Sí, borrar todo
button-no-delete = No, conservarlo
button-new = Caso nuevo
button-retry = Intentar otra vez
button-show = Mostrar la imagen

## Preguntas sugeridas

ask-what-is = ¿Qué es { $name }?
ask-why = ¿Por qué lo crees?
ask-differs = ¿En qué se diferencian { $name } y { $other }?
ask-contagious = ¿Se contagia?
ask-care = ¿Qué puedo hacer en casa?
ask-doctor = ¿Cuándo debo ir al médico?
