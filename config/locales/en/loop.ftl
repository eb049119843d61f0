## Checking what was drawn

pictures-left-out = { $count ->
    [one] I checked what I drew and left out { $count } picture: it did not show clearly enough what it should.
   *[other] I checked what I drew and left out { $count } pictures: they did not show clearly enough what they should.
  }

## Pictures that look like the photo

button-similar = Pictures like mine
similar-title = Pictures that look like your photo
similar-about = These come from a collection, not from you. What they were labelled as does not tell what you have.
similar-drawn = All pictures in this collection are drawn by a computer.
similar-caption = { $name }, from the collection
similar-caption-drawn = Drawn by a computer: { $name }
similar-credit = Licence: { $licence }. Thanks to: { $credit }.
similar-licence = Licence: { $licence }.
similar-none = I have no pictures of that kind that I may show.
