## What the bot cannot use

telegram-cannot-listen = I cannot listen to voice messages or music. Please write to me, or send a photo.
telegram-cannot-watch = I cannot watch videos or moving pictures. Please send a photo of the skin.
telegram-cannot-open = I can only open pictures: JPEG, PNG, WebP, HEIC or TIFF.
telegram-cannot-use = I can only use photos and written words. Send me a photo of the skin, or ask me something.
telegram-file-too-big = This file is too big for me. Please send it as a photo, or a file of at most 20 MB.
telegram-file-failed = I could not get your photo from Telegram. Please send it once more.
telegram-went-wrong = Something went wrong on my side, and your message got lost. Please send it once more.
telegram-old-button = This button is too old for me, sorry. Send /help to see what I can do now.

## Groups

telegram-open-private = Open our private chat
telegram-answering-privately = Skin is a private matter, so I answer you in our private chat.
telegram-ask-me-privately = Skin is a private matter. Open our private chat and ask me there.
telegram-group-hello-private = Hello. Name me, @{ $name }, or answer one of my messages when you have a question. I answer in a private chat, not here.
telegram-group-hello-group = Hello. Name me, @{ $name }, or answer one of my messages when you have a question. Everybody here can read my answers.

## Who may use the bot

telegram-not-listed = This bot is only open to people on its list. Your number is { $who }: give it to whoever runs the bot.
telegram-admin-who = Say whom: /allow 123456 or /block 123456, with the person's Telegram number.
telegram-admin-allowed = { $who } may use the bot now.
telegram-admin-blocked = { $who } is blocked now.
telegram-admin-stats =
    Since the last start:
    Messages and buttons: { $handled }
    Updates ignored: { $ignored }
    Replies shown: { $shown }
    People: { $people }
    Chats that must wait now: { $halted }
    On the list: { $allowed } allowed, { $blocked } blocked

## Menu of commands, at most 256 characters each

telegram-menu-new = Start a new case
telegram-menu-reference = Reference pictures of a condition
telegram-menu-pick = Look at one numbered spot alone
telegram-menu-history = Your recent cases
telegram-menu-stop = Stop what I am doing
telegram-menu-language = Change the language
telegram-menu-feedback = Say what was good or bad
telegram-menu-privacy = What I keep, and for how long
telegram-menu-export = Get a copy of everything I keep
telegram-menu-delete = Erase everything I keep
telegram-menu-help = What you can ask me
telegram-menu-stats = Figures since the last start
telegram-menu-allow = Let a person use the bot
telegram-menu-block = Keep a person from using the bot
