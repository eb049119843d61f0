## Unas preguntas rápidas, todas opcionales

intake-intro = Unas preguntas rápidas mejoran la respuesta. Puedes saltarte cualquiera.
intake-skip = Saltar
intake-done = Gracias. Lo tengo en cuenta.
intake-more = Elige todo lo que corresponda y pulsa Listo.
intake-finish = Listo
intake-chosen = Elegiste: { $choices }.

intake-duration = ¿Desde cuándo lo tienes?
intake-duration-day = Un día o menos
intake-duration-week = Menos de una semana
intake-duration-month = De una a cuatro semanas
intake-duration-three-months = De uno a tres meses
intake-duration-year = De tres a doce meses
intake-duration-years = Más de un año
intake-duration-childhood = Desde la infancia
intake-duration-comes-goes = Va y viene

intake-symptoms = ¿Qué notas?
intake-symptoms-itching = Pica
intake-symptoms-pain = Duele
intake-symptoms-burning = Arde
intake-symptoms-bleeding = Sangra
intake-symptoms-growing = Crece
intake-symptoms-darkening = Se oscurece
intake-symptoms-none = Nada de esto

intake-illness = ¿Te sientes mal?
intake-illness-fever = Fiebre
intake-illness-chills = Escalofríos
intake-illness-fatigue = Mucho cansancio
intake-illness-joint-pain = Dolor de articulaciones
intake-illness-mouth-sores = Llagas en la boca
intake-illness-shortness-of-breath = Falta de aire
intake-illness-none = No, me siento bien

intake-site = ¿En qué parte del cuerpo está?
intake-site-head = Cabeza o cuello
intake-site-trunk = Pecho o abdomen
intake-site-back = Espalda
intake-site-arm = Brazo
intake-site-hand = Mano
intake-site-leg = Pierna
intake-site-foot = Pie
intake-site-folds = Pliegue de la piel o ingle
intake-site-elsewhere = En otra parte
