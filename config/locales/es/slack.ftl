# Lo que dice el propio frontend de Slack. Habla de Slack, no de la piel.

slack-not-here = Aquí no estoy activado. Pide a un administrador de este espacio que me permita responder.
slack-try-again = Eso no ha funcionado. Inténtalo de nuevo en un momento.
slack-old-button = Este botón es de una versión anterior y ya no funciona. Envía la foto otra vez.
slack-no-photo = No veo ninguna foto en ese mensaje.
slack-answered-directly = Te he respondido en nuestros mensajes directos.

slack-file-too-large = Ese archivo pesa más de { $limit } MB y no lo he abierto. Envía una foto más pequeña.
slack-file-not-photo = Solo puedo ver fotos, como JPEG, PNG o HEIC. No he abierto el otro archivo.
slack-file-needs-scope = Aún no puedo abrir archivos en este espacio. Un administrador debe darme el permiso files:read.
slack-file-gone = No he podido abrir ese archivo. Quizá lo han borrado.
slack-file-elsewhere = Ese archivo no está guardado en Slack y no lo he abierto. Sube la foto aquí.
slack-file-unreachable = No he podido recibir tu foto desde Slack. Envíala otra vez en un momento.

slack-session-photo = Foto de la piel

slack-prompts-title = Envía una foto de la piel o empieza por aquí:
slack-prompt-help-title = ¿Qué sabes hacer?
slack-prompt-help-message = help
slack-prompt-reference-title = Muéstrame una imagen de referencia
slack-prompt-reference-message = reference eczema
slack-prompt-privacy-title = ¿Qué guardas?
slack-prompt-privacy-message = privacy
slack-prompt-history-title = Muéstrame mis casos
slack-prompt-history-message = history

slack-home-title = SkinGEN bot
slack-home-what = Envíame una foto de la piel. Describo lo que veo, enumero lo que podría ser y dibujo imágenes de referencia sintéticas para comparar. Explico; no diagnostico ni receto.
slack-home-how = Escríbeme en un mensaje directo, mencióname en un canal o elige “Explain this photo” en el menú de un mensaje. Un hilo es un caso: respondo allí y no hace falta volver a mencionarme.
slack-home-cases = Mis casos
slack-home-no-cases = Aún no tienes casos aquí.
slack-home-data = Mis datos
slack-home-data-text = Puedes leer lo que guardo, llevártelo o borrarlo. Respondo en nuestros mensajes directos.
slack-home-history = Mis casos
slack-home-privacy = Qué guardas
slack-home-export = Exportar mis datos
slack-home-delete = Borrar mis datos
slack-home-admins = Para administradores
slack-home-admins-text = Elige los canales y las personas que atiendo en este espacio.
slack-home-lists = Listas de permitidos

slack-lists-title = Listas de permitidos
slack-lists-save = Guardar
slack-lists-channels = Canales que atiendo. Déjalo vacío para todos.
slack-lists-users = Personas que atiendo. Déjalo vacío para todas.
