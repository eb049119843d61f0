console-no-file = There is no file called { $name } that I can read.
