## Revisar lo dibujado

pictures-left-out = { $count ->
    [one] Revisé lo que dibujé y dejé fuera { $count } imagen: no mostraba con claridad lo que debía.
   *[other] Revisé lo que dibujé y dejé fuera { $count } imágenes: no mostraban con claridad lo que debían.
  }

## Imágenes parecidas a la foto

button-similar = Imágenes como la mía
similar-title = Imágenes que se parecen a tu foto
similar-about = Vienen de una colección, no de ti. Su etiqueta no dice lo que tienes tú.
similar-drawn = Todas las imágenes de esta colección están dibujadas por ordenador.
similar-caption = { $name }, de la colección
similar-caption-drawn = Dibujado por ordenador: { $name }
similar-credit = Licencia: { $licence }. Gracias a: { $credit }.
similar-licence = Licencia: { $licence }.
similar-none = No tengo imágenes de ese tipo que pueda mostrar.
