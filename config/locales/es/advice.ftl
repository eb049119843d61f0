## Cuidado propio: costumbres generales, nunca un tratamiento, nunca una dosis

care-sun = Protege la piel del sol fuerte: sombra, ropa, protector solar.
care-watch-spot = Míralo una vez al mes con la misma luz y compara.
care-photo-record = Haz una foto con una moneda al lado, para poder enseñar cómo cambia.
care-leave-alone = Déjalo en paz: no lo cortes, quemes ni rasques.
care-moisturise = Una crema hidratante sencilla y sin perfume ayuda a casi toda la piel seca.
care-gentle-wash = Lava con agua templada y un limpiador suave sin perfume.
care-no-scratching = Intenta no rascarte ni tocarlo; lleva las uñas cortas.
care-no-squeezing = No aprietes los granos; deja marcas.
care-avoid-triggers = Fíjate en qué lo empeora (jabón, lana, calor, alimentos, medicinas) y evítalo por ahora.
care-oil-free = Elige cremas y maquillaje sin aceite o no comedogénicos.
care-pharmacist = En la farmacia pueden decirte qué se vende sin receta y si te conviene.
care-keep-dry = Mantén la piel seca y cambia pronto la ropa húmeda.
care-own-towel = Usa tu propia toalla y ropa de cama, y lávalas con agua caliente.
care-wash-hands = Lávate las manos después de tocarlo.
care-cover-sores = Cubre las heridas sin apretar con una gasa limpia y seca.
care-cover-blisters = Mantén las ampollas limpias, secas y cubiertas sin apretar; no las revientes.
care-no-steroid = No pongas crema con corticoides a menos que te lo haya dicho alguien que lo ha examinado.
care-cool = Un paño fresco y húmedo alivia el picor y el ardor.
care-camouflage = Una crema de camuflaje del color de tu piel es una opción si las manchas te molestan.
care-keep-away-pregnant = Hasta que tenga costra, mantente lejos de embarazadas, recién nacidos y personas con defensas bajas.
care-stay-home = Quédate en casa y lejos de otras personas hasta saber qué es.
care-leg-up = Pon las piernas en alto siempre que puedas.
care-clean-wound = Enjuágalo con agua corriente limpia.
care-remove-tick = Saca la garrapata recta con pinzas, cerca de la piel, y apunta la fecha.
care-comfortable-shoes = Usa zapatos que no aprieten ni rocen, y mírate los pies cada día.
care-treat-household = Todas las personas de la casa tienen que tratarse a la vez; lava la ropa y las sábanas con agua caliente.

## Consultar a alguien

see-changing-spot = Enséñalo a un profesional sanitario si cambia de tamaño, forma o color, pica, sangra o no se cura.
see-odd-one-out = Enséñalo a un profesional sanitario si se ve distinto de tus otras manchas.
see-unsure-spot = Enséñalo a un profesional sanitario si no sabes qué es; una mancha nueva después de los 40 merece una mirada.
see-possible-cancer = Un profesional sanitario debería mirarlo pronto, en días o como mucho dos semanas, porque tratarlo pronto importa.
see-no-home-removal = Nadie debería quitarlo, ni tratarlo con ácido o calor, antes de que lo examine un profesional sanitario.
see-not-better = Consulta si no mejora en dos semanas o si empeora.
see-joints = Consulta si te duelen las articulaciones o las notas rígidas por la mañana.
see-widespread = Consulta el mismo día si de pronto se extiende por casi todo el cuerpo.
see-infected = Consulta el mismo día si se pone caliente, duele mucho o echa pus, o si tienes fiebre.
see-sleepless = Consulta si el picor no te deja dormir.
see-scarring = Consulta si deja cicatrices o si es profundo y duele.
see-mood = Cuéntalo a un profesional sanitario si te afecta al ánimo; también hay ayuda para eso.
see-for-diagnosis = Un profesional sanitario puede confirmar qué es y decirte qué se puede hacer.
see-scalp-or-nail = Consulta si afecta al cuero cabelludo, la barba o una uña; ahí no llegan las cremas.
see-swelling-emergency = Llama enseguida a emergencias si se hinchan los labios, la lengua o la cara, o si cuesta respirar.
see-hives-weeks = Consulta si sigue volviendo durante más de seis semanas.
see-zoster-early = Consulta hoy: el tratamiento funciona mejor en los primeros tres días.
see-eye = Ve el mismo día si está cerca de un ojo, o si el ojo está rojo o ve peor.
see-needs-treatment = Consulta a un médico o farmacéutico en un día; suele necesitar tratamiento y hasta entonces se contagia.
see-emergency-now = Esto puede ser una emergencia: llama ahora al número de emergencias.
see-today = Consulta hoy a un profesional sanitario.
see-whole-body = Un profesional sanitario debería revisar también el resto del cuerpo, porque puede ser señal de algo interno.
see-medicine = Cuenta hoy a un médico o farmacéutico cualquier medicina nueva; no la dejes por tu cuenta.
see-sexual-health = Un centro de salud sexual puede hacer pruebas y ayudar con confidencialidad; avisa a tus parejas.
see-call-ahead = Llama antes de ir a una consulta, para no contagiar a otras personas allí.
see-tick = Consulta si crece un anillo alrededor o te sientes mal en las próximas semanas.
