## When somebody sends more than can be taken in

telegram-too-many-waiting = Has enviado mucho de golpe. Guardo los primeros { $count } mensajes y dejo fuera los demás. Vuelve a enviar el resto dentro de un minuto.
