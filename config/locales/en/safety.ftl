## The list of conditions that can be drawn

browse-page = Or choose one here (page { $number } of { $pages }):
browse-more = More conditions
browse-back = Back
browse-found = { $count ->
    [one] This fits "{ $name }":
   *[other] { $count } conditions fit "{ $name }". Choose one:
  }

## The web chat: whom the answers are for

web-words = Words
web-words-lay = Plain
web-words-clinician = Clinical
web-words-hint = Clinical words are for people who work in health care. The change counts from your next message.
