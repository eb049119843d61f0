## Cuando algo falla. Nada aquí culpa a la persona.

failure-photo-gone = Ya no tengo esta foto. Envíala otra vez.
failure-busy = { $minutes ->
    [one] Mucha gente está preguntando ahora. Inténtalo otra vez dentro de { $minutes } minuto, más o menos.
   *[other] Mucha gente está preguntando ahora. Inténtalo otra vez dentro de { $minutes } minutos, más o menos.
  }
failure-try-later = Algo ha fallado por mi parte. Inténtalo otra vez dentro de unos minutos.
failure-out-of-memory = Esto ha sido demasiado para mi memoria. Inténtalo otra vez con una sola foto más pequeña.
failure-model-missing = Ahora mismo no puedo mirar fotos porque mi modelo no está disponible. La persona que administra el bot tiene que arreglarlo.
failure-redis-down = Ahora mismo no llego a mi memoria. Envíalo otra vez dentro de un minuto; nada de lo anterior se ha perdido.
failure-too-slow = Esto ha tardado demasiado y lo he parado. Inténtalo otra vez.
failure-pictures = La respuesta está completa, pero no he podido dibujar las imágenes. Puedes pedirlas más tarde.
failure-partly = No he podido terminar esta respuesta. Esto es lo que tengo.
failure-unknown-version = Esta conversación la guardó otra versión de mí, así que no puedo abrirla. No he cambiado nada. Empieza una nueva con /new.
failure-disk-full = Ahora mismo no puedo guardar nada. La persona que administra el bot tiene que arreglarlo.
failure-quota = { $hours ->
    [one] Has llegado al límite de hoy. Vuelve dentro de { $hours } hora, más o menos.
   *[other] Has llegado al límite de hoy. Vuelve dentro de { $hours } horas, más o menos.
  }
failure-too-fast = Eso ha ido un poco rápido. Espera un momento.
failure-not-allowed = Este bot es privado. Pide acceso a la persona que lo administra.
failure-expired-button = Este botón ya no funciona. Escribe lo que quieres.

## Mensajes que no se pueden responder

message-empty = Me ha llegado un mensaje vacío. Envíame una foto de la piel o haz una pregunta.
message-too-long = Tu mensaje es demasiado largo. Que tenga menos de { $limit } caracteres.
message-unknown-command = No conozco esa orden. /help muestra lo que puedo hacer.
message-edited = He visto que cambiaste un mensaje. Solo respondo a los nuevos; envíalo otra vez.
unsupported-voice = No puedo escuchar mensajes de voz. Escríbelo, por favor.
unsupported-audio = No puedo escuchar audio. Escríbelo, por favor.
unsupported-video = No puedo ver vídeos. Envía una foto fija.
unsupported-sticker = Bonito sticker, pero solo puedo trabajar con fotos y texto.
unsupported-file = Solo puedo leer fotos. Envía un archivo de imagen.
unsupported-location = No necesito saber dónde estás. Envía una foto o una pregunta.
unsupported-contact = No necesito datos de contacto. Envía una foto o una pregunta.
unsupported-poll = No puedo responder encuestas. Envía una foto o una pregunta.
unsupported-link = No abro enlaces. Envía la foto directamente.
unsupported-other = No puedo trabajar con este tipo de mensaje. Envía una foto o texto.
