## Imágenes sobre la propia foto

pictures-badge-composite = SINTÉTICO · DIBUJADO EN UNA FOTO
own-skin-title = { $name } en tu foto: curada, más leve, más fuerte
own-skin-site = ¿En qué parte del cuerpo está la mancha? No dibujo sobre caras ni partes íntimas.
own-skin-elsewhere = Cara, pliegue o parte íntima
own-skin-adult = Solo para personas adultas, y solo sobre una foto de tu propia piel. No cambio nada fuera de la mancha.
own-skin-yes = Sí, dibújalo
own-skin-declined = De acuerdo, dejo tu foto como está.
own-skin-drawing = Estoy dibujando sobre una copia de tu foto. La foto misma queda como está.
own-skin-no-spot = No encuentro en tu foto una mancha con piel sana a su alrededor, así que no dibujo nada en ella.
own-skin-off = Aquí no puedo dibujar sobre fotos.
severity-healed = curada
