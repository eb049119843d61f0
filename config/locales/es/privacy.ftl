### Borrado y límites de uso.

delete-messages = Mis mensajes para ti desaparecerán en los próximos minutos, hasta donde esta aplicación me deje quitarlos. Lo que tú escribiste o enviaste se queda en esta aplicación hasta que lo borres.
