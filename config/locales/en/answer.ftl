## Parts of an answer

answer-see = What I see
answer-see-clinician = Findings
answer-could-be = What it could be
answer-could-be-clinician = Differential
answer-means = What that means
answer-means-clinician = Interpretation
answer-next = What to do next
answer-next-clinician = Triage (by rule)
answer-limits = What I cannot know
answer-limits-clinician = Limits
answer-condition = { $lay } ({ $medical }): { $likelihood }
answer-condition-same = { $lay }: { $likelihood }
answer-condition-clinician = { $medical }: { $likelihood }
answer-group = I cannot tell these apart well. It looks most like { $group }.
answer-none = I do not recognise this. That says nothing about whether it is harmless, so please show it to a clinician if it worries you or changes.
answer-apart = { $name } or { $other }? { $text }
answer-outline = The outlined area is what I looked at.
answer-outline-unsure = I am not sure which part of the photo is meant. The outline is my best guess.
answer-skin-tone = I drew the pictures for this skin tone: { $tone }. You can change it with a button.
answer-repeat-differs = I looked at slightly changed copies of your photo and came to different answers. Please do not lean on the order of this list.
answer-contagious = It can pass to other people. Until you know more, do not share towels and avoid skin contact.
answer-stopped-early = (stopped here)

## Likelihood, measured on held-out pictures of the model in use

likelihood-very-likely = fits very well (about { $percent } in 100)
likelihood-likely = fits well (about { $percent } in 100)
likelihood-possible = possible (about { $percent } in 100)
likelihood-unknown = I cannot say how well it fits
likelihood-unknown-clinician = not calibrated for this photo
likelihood-unlikely = less likely (about { $percent } in 100)
likelihood-very-likely-clinician = { $percent } %
likelihood-likely-clinician = { $percent } %
likelihood-possible-clinician = { $percent } %
likelihood-unlikely-clinician = { $percent } %

## Limits and notices

limits-always = A photo shows only part of the story. I can be wrong, and I cannot feel the skin, ask about your health or test anything. Only a clinician can say what it is.
limits-always-clinician = Photo-only assessment without examination, history or histology. Not a diagnosis.
limits-never-harmless = I cannot say that a spot is harmless.
notice-demo = Demo models are running. They have only ever seen computer-drawn skin, so do not use this answer for real skin.
notice-demo-clinician = Demo models trained on procedurally rendered skin only; output has no clinical meaning.
notice-unusual = This does not look like anything that I was trained on. What I say about it may well be wrong.
notice-tone = I have seen fewer pictures of skin like yours, so I am less certain.
notice-several = There may be more than one thing in this photo. I describe the one that stands out most.

## Skin tones

tone-very-light = very light
tone-light = light
tone-intermediate = medium
tone-tan = tan
tone-brown = brown
tone-dark = dark
tone-unknown = unknown

## Places on the body

site-scalp = scalp
site-face = face
site-mouth = mouth
site-neck = neck
site-trunk = chest or belly
site-back = back
site-arm = arm
site-hand = hand
site-nail = nail
site-groin = groin
site-genitals = genitals
site-buttocks = buttocks
site-leg = leg
site-foot = foot
site-folds = skin folds
site-unknown = not stated
