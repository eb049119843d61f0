## Reference pictures

pictures-caption = How { $name } can look
pictures-caption-clinician = Synthetic reference: { $name }
pictures-synthetic = SYNTHETIC: drawn by a computer. Not a real person, not your skin, not your future.
pictures-badge = SYNTHETIC
pictures-badge-schematic = SYNTHETIC · SCHEMATIC DRAWING
pictures-schematic = This is a schematic drawing, not a photo-like picture.
pictures-limits = Real skin varies more than these pictures do. Looking alike does not mean that you have it.
pictures-card = { $condition } · skin: { $tone } · place: { $site } · severity: { $severity } · model: { $model } · adapter: { $adapter } · seed: { $seed }
pictures-card-adapter-none = none
pictures-alternatives = I am not sure, so here are the likeliest conditions side by side.
pictures-compare = { $name } and { $other } side by side
pictures-compare-apart = { $name }: { $text }
pictures-on-photo = A synthetic change on your own photo. It shows how { $name } can look; it does not show how your skin will be.
pictures-on-photo-ask = I would draw { $name } onto your photo. It is only an illustration, and I keep it no longer than the photo. Shall I?
pictures-on-photo-never = I do not draw this on your own photo: serious conditions, faces, intimate areas and children are left out on purpose.
pictures-none-good = I could not draw a picture that is good enough, so I show none.
pictures-not-drawn = I do not draw pictures of { $name }.
pictures-not-learned = I have not learned to draw { $name } yet.
pictures-milder = A milder form of { $name }
pictures-more-severe = A more severe form of { $name }
pictures-tone-ask = Which skin tone shall I draw?
severity-mild = mild
severity-moderate = moderate
severity-severe = severe

## /reference

reference-usage = Write the name of a condition after the command, for example /reference ringworm.
reference-unknown = I do not know "{ $name }".
reference-suggestions = Did you mean: { $names }?
