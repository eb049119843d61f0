## /verify: where a picture comes from

help-verify = /verify: find out whether I drew a picture
telegram-menu-verify = Did this bot draw a picture?
verify-ask = Send me the picture now. If you can, send it as a file: then I can check my signature, too.
verify-title = Where this picture comes from
verify-intact = I drew this picture. My signature is in the file, and nothing was changed since. It shows no real person's illness.
verify-known = I drew this picture. It was saved again on its way, for example by a chat app, so my signature is gone, but I know it from my own list.
verify-altered = I drew and signed this file, but it was changed afterwards. Do not rely on what it shows now.
verify-alike = This looks like one of my pictures, because it has my badge. But I find no signature, and it is not in my list. Somebody may have copied the badge, or I drew it long ago.
verify-foreign = I did not draw this picture. The file says that another program made or signed it.
verify-unknown = I did not draw this picture, as far as I can tell. That does not prove that it is a real photo.
verify-shows = It was drawn to show { $name }, on { $date }. It is synthetic.
verify-shows-composite = It is a person's photo with { $name } drawn onto it, made on { $date }.
verify-unreadable = I cannot open this file as a picture. Please send it as PNG, JPEG or WebP.
verify-not-kept = I only checked where the picture comes from. It is not part of your case, and I did not look at it as a photo of skin.

## The signed file

button-files = Get the file
files-name = synthetic
files-caption = The signed file, exactly as I made it.
files-about = These files carry my signature. If you pass one on as a file, anybody can check it with /verify or with a C2PA viewer. A chat app that shows it as a photo removes the signature; the badge stays.
