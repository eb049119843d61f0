## What the bot cannot use

telegram-cannot-listen = No puedo escuchar mensajes de voz ni música. Escríbeme o envíame una foto.
telegram-cannot-watch = No puedo ver vídeos ni imágenes en movimiento. Envíame una foto de la piel.
telegram-cannot-open = Solo puedo abrir imágenes: JPEG, PNG, WebP, HEIC o TIFF.
telegram-cannot-use = Solo puedo usar fotos y palabras escritas. Envíame una foto de la piel o hazme una pregunta.
telegram-file-too-big = Este archivo es demasiado grande para mí. Envíalo como foto, o un archivo de 20 MB como máximo.
telegram-file-failed = No he podido recibir tu foto de Telegram. Envíala otra vez, por favor.
telegram-went-wrong = Algo ha fallado por mi parte y tu mensaje se ha perdido. Envíalo otra vez, por favor.
telegram-old-button = Este botón es demasiado antiguo, lo siento. Envía /help para ver lo que puedo hacer ahora.

## Groups

telegram-open-private = Abrir nuestro chat privado
telegram-answering-privately = La piel es un asunto privado, así que te respondo en nuestro chat privado.
telegram-ask-me-privately = La piel es un asunto privado. Abre nuestro chat privado y pregúntame allí.
telegram-group-hello-private = Hola. Nómbrame, @{ $name }, o responde a uno de mis mensajes cuando tengas una pregunta. Respondo en un chat privado, no aquí.
telegram-group-hello-group = Hola. Nómbrame, @{ $name }, o responde a uno de mis mensajes cuando tengas una pregunta. Todos aquí pueden leer mis respuestas.

## Who may use the bot

telegram-not-listed = Este bot solo está abierto a las personas de su lista. Tu número es { $who }: dáselo a quien administra el bot.
telegram-admin-who = Di a quién: /allow 123456 o /block 123456, con el número de Telegram de la persona.
telegram-admin-allowed = { $who } ya puede usar el bot.
telegram-admin-blocked = { $who } está bloqueado.
telegram-admin-stats =
    Desde el último arranque:
    Mensajes y botones: { $handled }
    Avisos ignorados: { $ignored }
    Respuestas mostradas: { $shown }
    Personas: { $people }
    Chats que deben esperar ahora: { $halted }
    En la lista: { $allowed } permitidos, { $blocked } bloqueados

## Menu of commands, at most 256 characters each

telegram-menu-new = Empezar un caso nuevo
telegram-menu-reference = Imágenes de referencia de una afección
telegram-menu-pick = Mirar sola una mancha numerada
telegram-menu-history = Tus casos recientes
telegram-menu-stop = Parar lo que estoy haciendo
telegram-menu-language = Cambiar el idioma
telegram-menu-feedback = Di qué estuvo bien o mal
telegram-menu-privacy = Qué guardo y durante cuánto tiempo
telegram-menu-export = Recibir una copia de todo lo que guardo
telegram-menu-delete = Borrar todo lo que guardo
telegram-menu-help = Lo que puedes preguntarme
telegram-menu-stats = Cifras desde el último arranque
telegram-menu-allow = Permitir que alguien use el bot
telegram-menu-block = Impedir que alguien use el bot
