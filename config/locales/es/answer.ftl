## Partes de una respuesta

answer-see = Qué veo
answer-see-clinician = Hallazgos
answer-could-be = Qué podría ser
answer-could-be-clinician = Diagnóstico diferencial
answer-means = Qué significa
answer-means-clinician = Interpretación
answer-next = Qué hacer ahora
answer-next-clinician = Triaje (por reglas)
answer-limits = Qué no puedo saber
answer-limits-clinician = Límites
answer-condition = { $lay } ({ $medical }): { $likelihood }
answer-condition-same = { $lay }: { $likelihood }
answer-condition-clinician = { $medical }: { $likelihood }
answer-group = No puedo distinguir bien entre estas. Lo que más se le parece es { $group }.
answer-none = No reconozco esto. Eso no dice nada sobre si es inofensivo, así que enséñaselo a un profesional si te preocupa o cambia.
answer-apart = ¿{ $name } o { $other }? { $text }
answer-outline = La zona marcada es lo que he mirado.
answer-outline-unsure = No estoy seguro de qué parte de la foto es. La marca es mi mejor suposición.
answer-skin-tone = He dibujado las imágenes para este tono de piel: { $tone }. Puedes cambiarlo con un botón.
answer-repeat-differs = He mirado copias de tu foto con pequeños cambios y he llegado a respuestas distintas. No te fíes del orden de esta lista.
answer-contagious = Se puede contagiar. Hasta saber más, no compartas toallas y evita el contacto con la piel.
answer-stopped-early = (parado aquí)

## Probabilidad, medida con imágenes apartadas del modelo en uso

likelihood-very-likely = encaja muy bien (alrededor de { $percent } de 100)
likelihood-likely = encaja bien (alrededor de { $percent } de 100)
likelihood-possible = posible (alrededor de { $percent } de 100)
likelihood-unknown = no puedo decir si encaja
likelihood-unknown-clinician = sin calibrar para esta foto
likelihood-unlikely = menos probable (alrededor de { $percent } de 100)
likelihood-very-likely-clinician = { $percent } %
likelihood-likely-clinician = { $percent } %
likelihood-possible-clinician = { $percent } %
likelihood-unlikely-clinician = { $percent } %

## Límites y avisos

limits-always = Una foto cuenta solo una parte. Puedo equivocarme, y no puedo tocar la piel, preguntar por tu salud ni hacer pruebas. Solo un profesional sanitario puede decir qué es.
limits-always-clinician = Valoración solo por foto, sin exploración, anamnesis ni histología. No es un diagnóstico.
limits-never-harmless = No puedo decir que una mancha sea inofensiva.
notice-demo = Están activos los modelos de demostración. Solo han visto piel dibujada por ordenador, así que no uses esta respuesta para piel real.
notice-demo-clinician = Modelos de demostración entrenados solo con piel generada por ordenador; el resultado no tiene significado clínico.
notice-unusual = Tu foto es distinta de las imágenes que conozco. Mi respuesta puede estar equivocada.
notice-tone = He visto menos imágenes de piel como la tuya, así que estoy menos seguro.
notice-several = Puede haber más de una cosa en esta foto. Describo la que más destaca.

## Tonos de piel

tone-very-light = muy claro
tone-light = claro
tone-intermediate = medio
tone-tan = moreno claro
tone-brown = moreno
tone-dark = oscuro
tone-unknown = desconocido

## Partes del cuerpo

site-scalp = cuero cabelludo
site-face = cara
site-mouth = boca
site-neck = cuello
site-trunk = pecho o abdomen
site-back = espalda
site-arm = brazo
site-hand = mano
site-nail = uña
site-groin = ingle
site-genitals = genitales
site-buttocks = nalgas
site-leg = pierna
site-foot = pie
site-folds = pliegues de la piel
site-unknown = sin indicar
