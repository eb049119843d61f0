## Self-care: general habits, never a treatment plan, never a dose

care-sun = Protect the skin from strong sun: shade, clothes, sunscreen.
care-watch-spot = Look at it once a month in the same light and compare.
care-photo-record = Take a photo with a coin beside it, so that you can show the clinician how it changes.
care-leave-alone = Leave it alone: do not cut, burn or scratch it off.
care-moisturise = A plain moisturiser without perfume helps most dry skin.
care-gentle-wash = Wash with lukewarm water and a mild, unscented cleanser.
care-no-scratching = Try not to scratch or pick; keep nails short.
care-no-squeezing = Do not squeeze spots; that leaves marks.
care-avoid-triggers = Notice what makes it worse (soap, wool, heat, foods, medicines) and avoid it for now.
care-oil-free = Choose skin care and make-up marked oil-free or non-comedogenic.
care-pharmacist = A pharmacist can tell you what is sold without prescription and whether it suits you.
care-keep-dry = Keep the skin dry and change damp clothes soon.
care-own-towel = Use your own towel and bed linen, and wash them hot.
care-wash-hands = Wash your hands after touching it.
care-cover-sores = Cover the sores loosely with a clean, dry dressing.
care-cover-blisters = Keep the blisters clean, dry and loosely covered; do not pop them.
care-no-steroid = Do not put a steroid cream on it unless somebody who has examined it told you to.
care-cool = A cool, damp cloth eases itch and burning.
care-camouflage = Skin-coloured camouflage cream is an option if the patches bother you.
care-keep-away-pregnant = Until it has crusted, stay away from pregnant women, newborns and people with a weak immune system.
care-stay-home = Stay at home and away from others until you know what it is.
care-leg-up = Put your legs up whenever you can.
care-clean-wound = Rinse it with clean running water.
care-remove-tick = Pull a tick straight out with tweezers, close to the skin, and note the date.
care-comfortable-shoes = Wear shoes that do not press or rub, and look at your feet every day.
care-treat-household = Everybody at home has to be treated at the same time; wash clothes and bed linen hot.

## See somebody

see-changing-spot = Show it to a clinician if it changes in size, shape or colour, itches, bleeds or does not heal.
see-odd-one-out = Show it to a clinician if it looks different from your other spots.
see-unsure-spot = Show it to a clinician if you are not sure what it is; a spot that is new after 40 deserves a look.
see-possible-cancer = A clinician should look at it soon, within days to two weeks, because early treatment matters.
see-no-home-removal = Nobody should remove it, or treat it with acid or heat, before a clinician has examined it.
see-not-better = See a clinician if it is not better after two weeks, or if it gets worse.
see-joints = See a clinician if your joints hurt or feel stiff in the morning.
see-widespread = See a clinician the same day if it suddenly spreads over most of the body.
see-infected = See a clinician the same day if it gets hot, very painful or weeps pus, or if you get a fever.
see-sleepless = See a clinician if the itch keeps you awake.
see-scarring = See a clinician if it leaves scars or sits deep and hurts.
see-mood = Tell a clinician if it weighs on your mood; there is help for that too.
see-for-diagnosis = A clinician can confirm what it is and tell you what can be done.
see-scalp-or-nail = See a clinician if the scalp, the beard or a nail is affected; creams do not reach there.
see-swelling-emergency = Call the emergency number at once if your lips, tongue or face swell or breathing gets hard.
see-hives-weeks = See a clinician if it keeps coming back for more than six weeks.
see-zoster-early = See a clinician today: treatment works best in the first three days.
see-eye = Go the same day if it is near an eye, or if the eye is red or sees worse.
see-needs-treatment = See a clinician or a pharmacist within a day; it usually needs treatment and is catching until then.
see-emergency-now = This can be an emergency: call the emergency number now.
see-today = See a clinician today.
see-whole-body = A clinician should also check the rest of the body, because this can be a sign of something inside.
see-medicine = Tell a doctor or pharmacist about any new medicine today; do not stop it on your own.
see-sexual-health = A sexual health clinic can test and help in confidence; tell partners.
see-call-ahead = Call before you go to a practice, so that you do not infect others there.
see-tick = See a clinician if a ring grows around it or you feel ill in the next weeks.
