## When something goes wrong. Nothing here blames the person.

failure-busy = { $minutes ->
    [one] Many people are asking right now. Please try again in about { $minutes } minute.
   *[other] Many people are asking right now. Please try again in about { $minutes } minutes.
  }
failure-try-later = Something went wrong on my side. Please try again in a few minutes.
failure-out-of-memory = This was too much for my memory. Please try again with one smaller photo.
failure-photo-gone = I no longer have this photo. Please send it again.
failure-model-missing = I cannot look at photos right now, because my model is not available. The operator has to fix it.
failure-redis-down = I cannot reach my memory right now. Please send it again in a minute; nothing you sent before is lost.
failure-too-slow = This took too long and I stopped. Please try again.
failure-pictures = The answer is complete, but I could not draw the pictures. You can ask again later.
failure-partly = I could not finish this answer. Here is what I have.
failure-unknown-version = This conversation was saved by another version of me, so I cannot open it. Nothing was changed. Please start a new one with /new.
failure-disk-full = I cannot store anything right now. The operator has to fix it.
failure-quota = { $hours ->
    [one] You have reached today's limit. Please come back in about { $hours } hour.
   *[other] You have reached today's limit. Please come back in about { $hours } hours.
  }
failure-too-fast = That was a little fast. Please wait a moment.
failure-not-allowed = This bot is private. Please ask its operator for access.
failure-expired-button = This button no longer works. Please write what you want instead.

## Messages that cannot be answered

message-empty = I got an empty message. Send me a photo of skin or ask a question.
message-too-long = Your message is too long. Please keep it below { $limit } characters.
message-unknown-command = I do not know this command. /help shows what I can do.
message-edited = I saw that you changed a message. I answer only new ones; please send it again.
unsupported-voice = I cannot listen to voice messages. Please write it.
unsupported-audio = I cannot listen to audio. Please write it.
unsupported-video = I cannot watch videos. Please send a still photo.
unsupported-sticker = That is a nice sticker, but I can only work with photos and text.
unsupported-file = I can only read photos. Please send a picture file.
unsupported-location = I do not need to know where you are. Please send a photo or a question.
unsupported-contact = I do not need contact details. Please send a photo or a question.
unsupported-poll = I cannot answer polls. Please send a photo or a question.
unsupported-link = I do not open links. Please send the photo itself.
unsupported-other = I cannot work with this kind of message. Please send a photo or text.
