## What was looked at: figures of the outlined area. They describe; they never judge.

seeing-figures = Lo que he medido en la imagen
seeing-figures-clinician = Mediciones
seeing-size-mm = Tamaño: unos { $diameter } mm en su parte más larga, { $area } mm² en total. He tomado la escala de la regla de tu foto.
seeing-size-share = Tamaño: ocupa cerca del { $percent } % de la foto. No veo ninguna regla, así que no sé cuántos milímetros son.
seeing-asymmetry-even = Forma: las dos mitades se parecen mucho. Al doblarla, el { $percent } % no coincide.
seeing-asymmetry-some = Forma: las mitades son un poco distintas. Al doblarla, el { $percent } % no coincide.
seeing-asymmetry-uneven = Forma: las mitades son claramente distintas. Al doblarla, el { $percent } % no coincide.
seeing-border-even = Borde: liso. Es un { $percent } % más largo que una línea ceñida a su alrededor.
seeing-border-some = Borde: algo irregular. Es un { $percent } % más largo que una línea ceñida a su alrededor.
seeing-border-uneven = Borde: irregular, con entrantes. Es un { $percent } % más largo que una línea ceñida a su alrededor.
seeing-shades =
    { $count ->
        [one] Color: un solo tono.
       *[other] Color: { $count } tonos claramente distintos.
    }
seeing-change = Cambios: una sola foto no los muestra. Si ha crecido, cambiado o sangrado, díselo pronto a un profesional sanitario.
seeing-figures-limits = Estas cifras describen la imagen, no una enfermedad. Que sean regulares no la hace inofensiva, y que sean irregulares no la hace peligrosa.
seeing-figures-limits-clinician = Solo mediciones de la imagen; no validadas en fotografías clínicas.

## Several spots

seeing-several = Veo { $count } manchas separadas y las he numerado, la mayor primero. Elige una con un botón, o escribe /pick y su número, y miraré solo esa.
seeing-many = Hay demasiadas manchas para numerarlas. Si quieres que mire una de ellas, envía una foto más cercana.
seeing-odd = La mancha { $number } es la que más se distingue de las demás. { $ways } Si son lunares, enséñasela pronto a un profesional sanitario.
seeing-odd-darker = Es más oscura.
seeing-odd-lighter = Es más clara.
seeing-odd-redder = Es más roja.
seeing-odd-larger = Es más grande.
seeing-odd-uneven = Su forma es menos regular.
seeing-odd-shades = Tiene más tonos de color.
seeing-spot = { $number }: { $figures }
seeing-short-mm = unos { $diameter } mm de largo
seeing-short-share = { $percent } % de la foto
seeing-short-asymmetry-even = mitades parecidas
seeing-short-asymmetry-some = mitades algo distintas
seeing-short-asymmetry-uneven = mitades claramente distintas
seeing-short-border-even = borde liso
seeing-short-border-some = borde algo irregular
seeing-short-border-uneven = borde irregular
seeing-short-shades =
    { $count ->
        [one] un tono
       *[other] { $count } tonos
    }
seeing-button-pick = Mirar la mancha { $number }
seeing-picked = Ahora miro solo la mancha { $number }.
seeing-pick-none = Todavía no hay manchas numeradas para elegir. Envía una foto en la que se vean varias.
seeing-pick-range = Elige un número del 1 al { $count }.

## What speaks for the leading condition

seeing-button-heat = ¿Qué te ha hecho pensar en { $name }?
seeing-button-outline = Mostrar el contorno
seeing-heat-waiting = Tapo la foto poco a poco y miro cómo cambia mi respuesta. Tarda un momento.
seeing-heat = Las partes coloreadas me han hecho pensar en { $name } antes que en { $other }: al taparlas, { $name } parecía menos probable.
seeing-heat-limits = Esto muestra en qué me he basado. No muestra dónde hay una enfermedad, y puede que me haya basado en lo que no era.
seeing-heat-none = Ninguna parte de la foto ha decidido por sí sola entre { $name } y { $other }. Me he basado en la imagen entera.
seeing-heat-failed = No he podido averiguar qué hablaba a favor. Inténtalo más tarde, por favor.

## Two conditions side by side, with numbered arrows

seeing-pair-caption = { $badge }: { $name } a la izquierda, { $other } a la derecha, sobre la misma piel. Los números se explican debajo.
seeing-pair-arrows = En qué se distinguen
seeing-pair-line = { $number }. { $name }: { $text }
seeing-pair-no-arrow = { $number }. { $name }: { $text } (Sin flecha: no lo he encontrado en el dibujo.)
seeing-pair-not-visible = { $number }. { $name }: { $text } (Sin flecha: una imagen no puede mostrarlo.)
seeing-pair-dangerous = { $other } está aquí porque es lo que no se debe pasar por alto. Cuánto encaja cada una con tu foto lo dice mi respuesta de arriba.
seeing-pair-limits = Las flechas señalan piel dibujada. En la piel real estos signos pueden verse menos, o no verse.
