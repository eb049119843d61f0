# What the Slack frontend itself says. It speaks about Slack, not about skin.

slack-not-here = I am not switched on here. Ask an administrator of this workspace to allow me.
slack-try-again = That did not go through. Please try again in a moment.
slack-old-button = This button is from an older version and no longer works. Please send your photo again.
slack-no-photo = I see no photo in that message.
slack-answered-directly = I have answered in our direct messages.

slack-file-too-large = That file is larger than { $limit } MB, so I did not open it. Please send a smaller photo.
slack-file-not-photo = I can only look at photos, such as JPEG, PNG or HEIC. I did not open the other file.
slack-file-needs-scope = I may not open files in this workspace yet. An administrator needs to give me the files:read permission.
slack-file-gone = I could not open that file. It may have been deleted.
slack-file-elsewhere = That file is not stored in Slack, so I did not open it. Please upload the photo here.
slack-file-unreachable = I could not fetch your photo from Slack. Please send it again in a moment.

slack-session-photo = Skin photo

slack-prompts-title = Send a photo of the skin, or start with one of these:
slack-prompt-help-title = What can you do?
slack-prompt-help-message = help
slack-prompt-reference-title = Show a reference picture
slack-prompt-reference-message = reference eczema
slack-prompt-privacy-title = What do you keep?
slack-prompt-privacy-message = privacy
slack-prompt-history-title = Show my cases
slack-prompt-history-message = history

slack-home-title = SkinGEN bot
slack-home-what = Send me a photo of the skin. I describe what I see, list what it could be, and draw synthetic reference pictures to compare. I explain; I do not diagnose or prescribe.
slack-home-how = Write to me in a direct message, mention me in a channel, or choose “Explain this photo” in the menu of a message. A thread is a case: I answer there, and replies need no mention.
slack-home-cases = My cases
slack-home-no-cases = You have no cases here yet.
slack-home-data = My data
slack-home-data-text = You can read what I keep, take it with you, or delete it. I answer in our direct messages.
slack-home-history = My cases
slack-home-privacy = What you keep
slack-home-export = Export my data
slack-home-delete = Delete my data
slack-home-admins = For administrators
slack-home-admins-text = Choose the channels and the people that I serve in this workspace.
slack-home-lists = Allow lists

slack-lists-title = Allow lists
slack-lists-save = Save
slack-lists-channels = Channels that I serve. Leave it empty for all.
slack-lists-users = People that I serve. Leave it empty for all.
