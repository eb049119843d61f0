## When somebody sends more than can be taken in

telegram-too-many-waiting = That was a lot at once. I keep the first { $count } messages and leave out the rest. Please send the others again in a minute.
