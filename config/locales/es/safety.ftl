## La lista de afecciones que se pueden dibujar

browse-page = O elige una aquí (página { $number } de { $pages }):
browse-more = Más afecciones
browse-back = Volver
browse-found = { $count ->
    [one] Esto encaja con «{ $name }»:
   *[other] { $count } afecciones encajan con «{ $name }». Elige una:
  }

## El chat web: para quién son las respuestas

web-words = Palabras
web-words-lay = Sencillas
web-words-clinician = Clínicas
web-words-hint = Las palabras clínicas son para quienes trabajan en salud. El cambio cuenta desde tu próximo mensaje.
