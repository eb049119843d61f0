## Un no amable y el siguiente paso correcto

refusal-dose = No digo dosis ni cómo tomar una medicina. Un farmacéutico o un médico sí puede, porque sabe qué más tomas. Si alguien puede haber tomado demasiado, llama ahora a emergencias o a un centro de toxicología.
refusal-prescription = No puedo recetar medicinas ni decir cuál debes tomar. Un médico o un farmacéutico sí puede. Puedo explicarte qué es la afección y qué preguntarles.
refusal-stop-medicine = Por favor, no empieces, dejes ni cambies una medicina por mí. Pregunta al médico o farmacéutico que te conoce.
refusal-harmless = Entiendo que busques certeza. No puedo prometer que sea inofensivo, y nadie puede hacerlo solo con una foto. Si te preocupa, enséñaselo a un profesional de la salud; la preocupación es motivo suficiente.
refusal-diagnosis = Sé que una respuesta clara sería más fácil. No puedo confirmar qué es ni descartar nada con una foto. Puedo decirte a qué se parece, qué más se ve así y cuándo conviene que alguien lo vea.
refusal-minor = Gracias por decírmelo. Solo trabajo con personas adultas, porque la piel de un niño o de un adolescente necesita a alguien que pueda mirarla de verdad. Enséñasela a un médico, una enfermera o un farmacéutico; la madre, el padre o quien lo cuide puede llamar hoy para pedir consejo. Si parece muy enfermo, llama al número de emergencias.
refusal-not-skin = Solo sé de piel, así que con eso no puedo ayudarte aquí. Si algo de tu piel te intriga, envíame una foto o pregúntame.
refusal-other-field = Eso pertenece a otro campo de la medicina, y yo solo sé de la piel. Pregunta a un médico o a una línea de consejo de salud. Si es urgente, llama a emergencias.
refusal-surgery = Por favor, no lo cortes, quemes, congeles ni arranques tú. Puede dejar cicatriz, infectarse y ocultar algo que necesita tratamiento. Un profesional sanitario puede hacerlo con seguridad.
refusal-picture-text = Elijo lo que dibujo de mi propia lista: una afección, un tono de piel, un lugar y una gravedad. No puedo dibujar otras cosas. Prueba /reference con una afección o usa los botones.
refusal-picture-person = No dibujo caras, zonas íntimas, niños ni a ninguna persona real.
refusal-picture-fake = Mis imágenes llevan siempre la palabra SINTÉTICA. No la quito y no hago imágenes que pasen por reales.
refusal-instructions = Sigo mis propias reglas, diga lo que diga un mensaje. Pregúntame por la piel de tu foto.
refusal-self-harm = Siento que estés pasando por esto. Habla con alguien ahora: emergencias, una línea de ayuda o una persona de confianza.
