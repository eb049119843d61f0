## A few quick questions, all of them optional

intake-intro = A few quick questions make the answer better. Skip any of them.
intake-skip = Skip
intake-done = Thank you. I take that into account.
intake-more = Choose all that fit, then press Done.
intake-finish = Done
intake-chosen = You chose: { $choices }.

intake-duration = How long have you had it?
intake-duration-day = One day or less
intake-duration-week = Less than a week
intake-duration-month = One to four weeks
intake-duration-three-months = One to three months
intake-duration-year = Three to twelve months
intake-duration-years = More than a year
intake-duration-childhood = Since childhood
intake-duration-comes-goes = It comes and goes

intake-symptoms = What do you notice?
intake-symptoms-itching = It itches
intake-symptoms-pain = It hurts
intake-symptoms-burning = It burns
intake-symptoms-bleeding = It bleeds
intake-symptoms-growing = It grows
intake-symptoms-darkening = It gets darker
intake-symptoms-none = None of these

intake-illness = Do you feel ill?
intake-illness-fever = Fever
intake-illness-chills = Chills
intake-illness-fatigue = Very tired
intake-illness-joint-pain = Joints hurt
intake-illness-mouth-sores = Sores in the mouth
intake-illness-shortness-of-breath = Short of breath
intake-illness-none = No, I feel well

intake-site = Where on the body is it?
intake-site-head = Head or neck
intake-site-trunk = Chest or belly
intake-site-back = Back
intake-site-arm = Arm
intake-site-hand = Hand
intake-site-leg = Leg
intake-site-foot = Foot
intake-site-folds = Skin fold or groin
intake-site-elsewhere = Somewhere else
