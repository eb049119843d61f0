### Erasure and the limits of use.

delete-messages = My own messages to you disappear over the next minutes, as far as this app lets me remove them. What you wrote or sent yourself stays in this app until you delete it.
quota-not-served = The people who run this bot do not offer it to you here. If your skin worries you, please ask a doctor or a nurse. You can still use /export and /delete for what is kept about you.
quota-messages-minutes = That was a lot at once. Please give me { $minutes ->
    [one] a minute
   *[other] { $minutes } minutes
  } and then write again. Nothing you sent before is lost.
quota-messages-hours = You have asked as much as I can answer for now. Please come back in about { $hours ->
    [one] an hour
   *[other] { $hours } hours
  }. If your skin gets worse in the meantime, please ask a doctor.
quota-photos-minutes = I cannot look at more photos right now. Please send this one again in { $minutes ->
    [one] a minute
   *[other] { $minutes } minutes
  }.
quota-photos-hours = I have looked at as many of your photos as I can for now. Please send this one again in about { $hours ->
    [one] an hour
   *[other] { $hours } hours
  }. If your skin gets worse in the meantime, please ask a doctor.
quota-everybody-minutes = Very many people are writing to me right now. Please try again in { $minutes ->
    [one] a minute
   *[other] { $minutes } minutes
  }.
quota-everybody-hours = Very many people have written to me today. Please try again in about { $hours ->
    [one] an hour
   *[other] { $hours } hours
  }.
