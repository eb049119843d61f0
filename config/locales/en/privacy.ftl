### Erasure and the limits of use.

delete-messages = My own messages to you disappear over the next minutes, as far as this app lets me remove them. What you wrote or sent yourself stays in this app until you delete it.
