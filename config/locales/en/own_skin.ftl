## Pictures on a person's own photo

pictures-badge-composite = SYNTHETIC · DRAWN ON A PHOTO
own-skin-title = { $name } on your photo: healed, milder, more severe
own-skin-site = Where on the body is the spot? I do not draw on faces or private parts.
own-skin-elsewhere = Face, fold or private part
own-skin-adult = Only for adults, and only on a photo of your own skin. I change nothing outside the spot.
own-skin-yes = Yes, draw it
own-skin-declined = All right, I leave your photo as it is.
own-skin-drawing = I am drawing on a copy of your photo. The photo itself stays as it is.
own-skin-no-spot = I cannot find a spot with healthy skin around it on your photo, so I draw nothing on it.
own-skin-off = I cannot draw on photos here.
severity-healed = healed
