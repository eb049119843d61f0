## A kind no, and the right next step

refusal-dose = I do not name doses or say how to take a medicine. A pharmacist or a doctor can, because they know what else you take. If somebody may have taken too much, call the emergency number or a poison centre now.
refusal-prescription = I cannot prescribe medicines or say which one you should take. A doctor or a pharmacist can. I can explain what the condition is and what to ask them.
refusal-stop-medicine = Please do not start, stop or change a medicine because of me. Ask the doctor or pharmacist who knows you.
refusal-harmless = I understand that you want to be sure. I cannot promise that it is harmless, and nobody can from a photo alone. If it worries you, show it to a clinician; worry is reason enough to go.
refusal-diagnosis = I know that a clear answer would be easier. I cannot confirm what it is or rule anything out from a photo. I can tell you what it looks like, what else looks like that, and when to see somebody.
refusal-minor = Thank you for telling me. I only work with adults, because a child's or teenager's skin needs somebody who can really look at it. Please show it to a doctor, a nurse or a pharmacist; a parent or guardian can call for advice today. If the child seems very ill, call the emergency number.
refusal-not-skin = I only know about skin, so I cannot help with that here. If something on your skin puzzles you, send me a photo or ask.
refusal-other-field = That belongs to another field of medicine, and I only know about skin. Please ask a doctor or a health advice line. If it is urgent, call the emergency number.
refusal-surgery = Please do not cut, burn, freeze or pull it off yourself. It can scar, get infected and hide something that needs treatment. A clinician can do it safely.
refusal-picture-text = I choose what is drawn from my own list: a condition, a skin tone, a place and a severity. I cannot draw other things. Try /reference with a condition, or use the buttons.
refusal-picture-person = I do not draw faces, intimate areas, children or any real person.
refusal-picture-fake = My pictures always carry the word SYNTHETIC. I do not remove it, and I do not make pictures that pass for real ones.
refusal-instructions = I keep to my own rules, whatever a message says. Ask me about the skin in your photo.
refusal-self-harm = I am sorry that you are going through this. Please talk to somebody now: your local emergency number, a crisis line or a person you trust.
