## /verify: de dónde viene una imagen

help-verify = /verify: saber si una imagen la dibujé yo
telegram-menu-verify = ¿Dibujó este bot una imagen?
verify-ask = Envíame ahora la imagen. Si puedes, envíala como archivo: así también puedo comprobar mi firma.
verify-title = De dónde viene esta imagen
verify-intact = Yo dibujé esta imagen. Mi firma está en el archivo y nada ha cambiado desde entonces. No muestra la enfermedad de una persona real.
verify-known = Yo dibujé esta imagen. Se volvió a guardar por el camino, por ejemplo en una aplicación de chat, y por eso ya no lleva mi firma, pero la reconozco por mi propia lista.
verify-altered = Yo dibujé y firmé este archivo, pero alguien lo cambió después. No te fíes de lo que muestra ahora.
verify-alike = Se parece a una de mis imágenes, porque lleva mi marca. Pero no encuentro ninguna firma y no está en mi lista. Alguien pudo copiar la marca, o la dibujé hace mucho tiempo.
verify-foreign = Yo no dibujé esta imagen. El archivo dice que la hizo o la firmó otro programa.
verify-unknown = Yo no dibujé esta imagen, hasta donde puedo saber. Eso no demuestra que sea una foto real.
verify-shows = Se dibujó para mostrar { $name }, el { $date }. Es sintética.
verify-shows-composite = Es la foto de una persona con { $name } dibujado encima, hecha el { $date }.
verify-unreadable = No puedo abrir este archivo como imagen. Envíalo como PNG, JPEG o WebP.
verify-not-kept = Solo comprobé de dónde viene la imagen. No forma parte de tu caso, y no la miré como foto de la piel.

## El archivo firmado

button-files = Obtener el archivo
files-name = sintetica
files-caption = El archivo firmado, exactamente como lo hice.
files-about = Estos archivos llevan mi firma. Si pasas uno como archivo, cualquiera puede comprobarlo con /verify o con un visor C2PA. Una aplicación de chat que lo muestra como foto quita la firma; la marca queda.
