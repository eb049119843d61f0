### Borrado y límites de uso.

delete-messages = Mis mensajes para ti desaparecerán en los próximos minutos, hasta donde esta aplicación me deje quitarlos. Lo que tú escribiste o enviaste se queda en esta aplicación hasta que lo borres.
quota-not-served = Quienes llevan este bot no te lo ofrecen aquí. Si te preocupa tu piel, consulta a un médico o a una enfermera. Sigues pudiendo usar /export y /delete para lo que se guarda de ti.
quota-messages-minutes = Eso ha sido mucho de golpe. Dame { $minutes ->
    [one] un minuto
   *[other] { $minutes } minutos
  } y vuelve a escribir. No se pierde nada de lo que enviaste antes.
quota-messages-hours = Has preguntado todo lo que puedo responder por ahora. Vuelve en { $hours ->
    [one] una hora
   *[other] { $hours } horas
  } más o menos. Si tu piel empeora mientras tanto, consulta a un médico.
quota-photos-minutes = Ahora mismo no puedo mirar más fotos. Envía esta otra vez en { $minutes ->
    [one] un minuto
   *[other] { $minutes } minutos
  }.
quota-photos-hours = He mirado todas las fotos tuyas que puedo por ahora. Envía esta otra vez en { $hours ->
    [one] una hora
   *[other] { $hours } horas
  } más o menos. Si tu piel empeora mientras tanto, consulta a un médico.
quota-everybody-minutes = Ahora mismo me escribe muchísima gente. Inténtalo otra vez en { $minutes ->
    [one] un minuto
   *[other] { $minutes } minutos
  }.
quota-everybody-hours = Hoy me ha escrito muchísima gente. Inténtalo otra vez en { $hours ->
    [one] una hora
   *[other] { $hours } horas
  } más o menos.
