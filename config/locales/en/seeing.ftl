## What was looked at: figures of the outlined area. They describe; they never judge.

seeing-figures = What I measured in the picture
seeing-figures-clinician = Measurements
seeing-size-mm = Size: about { $diameter } mm at its longest, { $area } mm² in all. I took the scale from the ruler in your photo.
seeing-size-share = Size: it fills about { $percent } % of the photo. I see no ruler, so I cannot tell how many millimetres that is.
seeing-asymmetry-even = Shape: both halves look much alike. Folded over, { $percent } % of it finds no match.
seeing-asymmetry-some = Shape: its halves differ a little. Folded over, { $percent } % of it finds no match.
seeing-asymmetry-uneven = Shape: its halves differ clearly. Folded over, { $percent } % of it finds no match.
seeing-border-even = Edge: smooth. It is { $percent } % longer than a line drawn tightly around it.
seeing-border-some = Edge: a little uneven. It is { $percent } % longer than a line drawn tightly around it.
seeing-border-uneven = Edge: uneven, with notches. It is { $percent } % longer than a line drawn tightly around it.
seeing-shades =
    { $count ->
        [one] Colour: one shade all over.
       *[other] Colour: { $count } clearly different shades.
    }
seeing-change = Change: a single photo cannot show it. If it has grown, changed or bled, tell a clinician soon.
seeing-figures-limits = These figures describe the picture, not an illness. Even figures do not make it harmless, and uneven ones do not make it dangerous.
seeing-figures-limits-clinician = Image measurements only; not validated on clinical photographs.

## Several spots

seeing-several = I see { $count } separate spots and numbered them, the largest first. Choose one with a button, or write /pick and its number, and I look at it alone.
seeing-many = There are too many spots here to number them. For a look at one of them, send a closer photo.
seeing-odd = Spot { $number } is the one that differs most from the others. { $ways } If these are moles, show that one to a clinician soon.
seeing-odd-darker = It is darker.
seeing-odd-lighter = It is paler.
seeing-odd-redder = It is redder.
seeing-odd-larger = It is larger.
seeing-odd-uneven = Its shape is less even.
seeing-odd-shades = It has more shades of colour.
seeing-spot = { $number }: { $figures }
seeing-short-mm = about { $diameter } mm long
seeing-short-share = { $percent } % of the photo
seeing-short-asymmetry-even = halves alike
seeing-short-asymmetry-some = halves differ a little
seeing-short-asymmetry-uneven = halves differ clearly
seeing-short-border-even = smooth edge
seeing-short-border-some = edge a little uneven
seeing-short-border-uneven = uneven edge
seeing-short-shades =
    { $count ->
        [one] one shade
       *[other] { $count } shades
    }
seeing-button-pick = Look at spot { $number }
seeing-picked = I am looking at spot { $number } alone now.
seeing-pick-none = There are no numbered spots to choose from yet. Send a photo that shows several.
seeing-pick-range = Choose a number from 1 to { $count }.

## What speaks for the leading condition

seeing-button-heat = What made you think of { $name }?
seeing-button-outline = Show the outline
seeing-heat-waiting = I cover the photo bit by bit and watch how my answer changes. This takes a moment.
seeing-heat = The coloured parts made me think of { $name } rather than { $other }: with them covered, { $name } seemed less likely.
seeing-heat-limits = This shows what I went by. It does not show where an illness is, and I may have gone by the wrong thing.
seeing-heat-none = No single part of the photo decided between { $name } and { $other }. I went by the whole picture.
seeing-heat-failed = I could not find out what spoke for it. Please try again later.

## Two conditions side by side, with numbered arrows

seeing-pair-caption = { $badge }: { $name } on the left, { $other } on the right, on the same skin. The numbers are explained below.
seeing-pair-arrows = What tells them apart
seeing-pair-line = { $number }. { $name }: { $text }
seeing-pair-no-arrow = { $number }. { $name }: { $text } (No arrow: I could not find it in the drawing.)
seeing-pair-not-visible = { $number }. { $name }: { $text } (No arrow: a picture cannot show this.)
seeing-pair-dangerous = { $other } stands here because it is the one not to miss. How well each fits your photo, my answer above says.
seeing-pair-limits = The arrows point at drawn skin. Real skin may show these signs less clearly, or not at all.
