## Imágenes de referencia

pictures-caption = Así puede verse: { $name }
pictures-caption-clinician = Referencia sintética: { $name }
pictures-synthetic = SINTÉTICA: dibujada por un ordenador. No es una persona real, ni tu piel, ni tu futuro.
pictures-badge = SINTÉTICA
pictures-badge-schematic = SINTÉTICA · DIBUJO ESQUEMÁTICO
pictures-schematic = Esto es un dibujo esquemático, no una imagen como una foto.
pictures-limits = La piel real varía más que estas imágenes. Que se parezca no significa que lo tengas.
pictures-card = { $condition } · piel: { $tone } · lugar: { $site } · gravedad: { $severity } · modelo: { $model } · adaptador: { $adapter } · semilla: { $seed }
pictures-card-adapter-none = ninguno
pictures-alternatives = No estoy seguro, así que aquí están las afecciones más probables, una junto a otra.
pictures-compare = { $name } y { $other }, lado a lado
pictures-compare-apart = { $name }: { $text }
pictures-on-photo = Un cambio sintético sobre tu propia foto. Muestra cómo puede verse { $name }; no muestra cómo será tu piel.
pictures-on-photo-ask = Dibujaría { $name } sobre tu foto. Es solo una ilustración y no la guardo más tiempo que la foto. ¿Lo hago?
pictures-on-photo-never = Esto no lo dibujo sobre tu propia foto: las afecciones graves, las caras, las zonas íntimas y los menores quedan fuera a propósito.
pictures-none-good = No he logrado dibujar una imagen lo bastante buena, así que no muestro ninguna.
pictures-not-drawn = No dibujo imágenes de { $name }.
pictures-not-learned = Todavía no he aprendido a dibujar { $name }.
pictures-milder = Una forma más leve de { $name }
pictures-more-severe = Una forma más grave de { $name }
pictures-tone-ask = ¿Qué tono de piel dibujo?
severity-mild = leve
severity-moderate = moderada
severity-severe = grave

## /reference

reference-usage = Escribe el nombre de una afección después de la orden, por ejemplo /reference tiña.
reference-unknown = No conozco «{ $name }».
reference-suggestions = ¿Querías decir: { $names }?
