## First contact

consent-title = Before we start
consent-what = I look at a photo of skin and explain what it may show. I also draw reference pictures. I am a computer program, not a doctor. I cannot tell you what you have, and I cannot rule anything out.
consent-what-clinician = This tool describes a skin photo, ranks possible conditions and draws synthetic reference pictures. It gives information, not a diagnosis, and is not a medical device.
consent-age = You must be 18 or older, and the photo must show your own skin or that of an adult who agrees.
consent-emergency = In an emergency do not wait for me: call your local emergency number (112, 999 or 911).
consent-data = { $days ->
    [one] I keep your photo and our chat, encrypted, for { $days } day and then erase them.
   *[other] I keep your photo and our chat, encrypted, for { $days } days and then erase them.
  } You can erase everything at any time with /delete.
consent-ask = Do you agree?
consent-needed = I can only look at photos after you agree.
consent-thanks = Thank you. Send me a photo of the skin, with a few words about it if you like.
consent-held = Thank you. I am looking at the photo you already sent.

## Help

help-title = What you can ask me
help-intro = Send one or more photos of skin, with or without words. Then ask whatever you want to know.
help-new = /new: start a new case
help-stop = /stop: stop what I am doing
help-reference = /reference ringworm: reference pictures of a condition
help-pick = /pick 2: look at one of several numbered spots alone
help-history = /history: your recent cases
help-language = /language: change the language
help-privacy = /privacy: what I keep, and for how long
help-export = /export: get a copy of everything I keep about you
help-delete = /delete: erase everything I keep about you
help-feedback = /feedback: say what was good or bad
help-help = /help: this list
help-photo-tips = Good photos: daylight, sharp, about a hand's width away, with some healthy skin around the spot. Add one from further away if the rash is large.

## Privacy

privacy-title = What I keep
privacy-kept = { $days ->
    [one] Your photos, our chat and the pictures I drew: encrypted, for { $days } day after the last message.
   *[other] Your photos, our chat and the pictures I drew: encrypted, for { $days } days after the last message.
  }
privacy-photo = I remove place, time and camera data from every photo before I store it.
privacy-use = I use them only to answer you. I do not train models on them and I do not sell or share them.
privacy-platform = The chat service that you use has its own copy of what you send. I cannot erase that.
privacy-rights = /export gives you a copy. /delete erases everything here.

## A turn

photo-arrived = { $count ->
    [one] Your photo is here.
   *[other] Your { $count } photos are here.
  } I am looking at it.
thinking = Let me think.
drawing = I am drawing the reference pictures.
looking-closer = I am checking where the photo shows the change.
queue-place = { $ahead ->
    [0] You are next.
    [one] One person is before you.
   *[other] { $ahead } people are before you.
  }
queue-estimate = { $seconds ->
    [one] It will take about { $seconds } second.
   *[other] It will take about { $seconds } seconds.
  }
queue-estimate-minutes = { $minutes ->
    [one] It will take about { $minutes } minute.
   *[other] It will take about { $minutes } minutes.
  }
stopped = Stopped. Ask me something else whenever you like.
nothing-to-stop = There is nothing to stop.
new-case = A new case is open. Send me a photo.
no-photo-yet = Send me a photo of the skin first; then I can answer questions about it.
case-expired = That case has been erased, because its time was up. Send the photo again to go on.

## History, export, erasure

history-title = Your recent cases
history-line = { $date }: { $title }
history-untitled = case without an answer
history-empty = There are no cases yet.
export-ready = Here is everything I keep about you.
export-nothing = I keep nothing about you.
export-file-name = my-skin-chats
delete-ask = This erases all your photos, chats and pictures here. It cannot be undone. Erase everything?
delete-done = { $items ->
    [0] There was nothing to erase.
    [one] Done. { $items } item is erased.
   *[other] Done. { $items } items are erased.
  } Receipt: { $receipt }.
delete-cancelled = Nothing was erased.

## Settings and feedback

language-ask = Which language shall I use?
language-name = English
language-changed = I will write in English from now on.
language-unknown = I do not speak { $language } yet. I speak: { $languages }.
feedback-ask = Was this helpful?
feedback-why = Thank you. What was missing or wrong? You can write it after /feedback.
feedback-thanks = Thank you. That helps to make me better.

## Groups

group-notice = This is a group: everybody here can see the photo and my answer. To keep it private, write to me alone.
group-mention = In a group I answer only when you mention me or reply to me.

## Buttons

button-agree = I agree, and I am 18 or older
button-decline = No, thank you
button-privacy = What is kept?
button-stop = Stop
button-another = Another
button-milder = Milder
button-more-severe = More severe
button-other-tone = Other skin tone
button-compare = Compare with { $name }
button-on-my-photo = On my photo
button-helpful = Helpful
button-not-helpful = Not helpful
button-skip = Skip
button-yes-delete = Yes, erase everything
button-no-delete = No, keep it
button-new = New case
button-retry = Try again
button-show = Show the picture

## Suggested questions

ask-what-is = What is { $name }?
ask-why = Why do you think so?
ask-differs = How does { $name } differ from { $other }?
ask-contagious = Can other people catch it?
ask-care = What can I do at home?
ask-doctor = When should I see a doctor?
