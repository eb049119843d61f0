## What is wrong with a file. Each says why, then how to do better.

photo-not-an-image = This file is not a picture. Please send a photo (JPEG, PNG, WebP, HEIC or TIFF).
photo-unsupported = I cannot read this kind of picture. Please send it as JPEG, PNG, WebP, HEIC or TIFF.
photo-too-many-bytes = This file is too large for me. Please send a smaller one; a normal phone photo is fine.
photo-too-many-pixels = This picture has too many pixels for me. Please send a normal phone photo.
photo-too-small = The picture is too small to see the skin well. Please send the original photo, not a thumbnail.
photo-corrupt = The picture is damaged and I cannot read it. Please send it again as JPEG or PNG.
photo-timeout = This picture took too long to open. Please send it again as a normal phone photo.
photo-memory = This picture is too big to open. Please send it again as a normal phone photo.
photo-empty = This file is empty. Please send the photo again.
photo-truncated = The picture is cut off and I cannot read it. Please send it again.
photo-animated = This picture moves. Please send a single still photo.
photo-too-many = { $limit ->
    [one] I can look at { $limit } photo at a time. Please choose the best one.
   *[other] I can look at up to { $limit } photos at a time. Please choose the best ones.
  }

## What is wrong with a photo

photo-too-dark = The photo is too dark. Please take it in daylight or under a bright lamp.
photo-too-bright = The photo is too bright and the skin looks washed out. Please turn off the flash or move out of the sun.
photo-glare = Light reflects on the skin and hides part of it. Please tilt the phone a little or turn off the flash.
photo-blurred = The photo is blurred. Hold the phone still, about a hand's width away, and tap on the spot to focus.
photo-low-contrast = The spot hardly stands out from the skin around it. Please take the photo near a window, with light from the side.
photo-no-skin = I cannot see skin in this photo. Please take one that shows mainly the skin.
photo-face = The photo shows a whole face. Please send a close-up of the spot only, so that nobody can be recognised.
photo-several-people = The photo shows more than one person. Please send a close-up of one person's skin.
photo-drawing = This looks like a drawing or a rendered picture, not a photo. Please send a photo of the skin.
photo-screenshot = This looks like a screenshot. Please send the original photo.
photo-synthetic = This is one of the synthetic pictures that I drew. I only look at real photos.
photo-intimate = Please do not send photos of intimate areas here. A doctor or a sexual health clinic can help you in private.
photo-histology = This looks like tissue under a microscope. Only a pathologist can read that. I can explain the words of a written report if you paste it.
photo-dermoscopy = This looks like a picture through a skin microscope (dermatoscope). I know phone photos best, so take my answer with extra care.
photo-ruler-ink = There is a ruler or ink in the photo. It may mislead me. If you can, take one without.
photo-used-anyway = The photo is not ideal ({ $reason }), so my answer is less certain.
photo-some-rejected = { $count ->
    [one] I left out { $count } photo: { $reason }
   *[other] I left out { $count } photos: { $reason }
  }
photo-download-failed = I could not fetch the photo from the chat. Please send it again.

## Why a photo is less certain, for photo-used-anyway

photo-reason-small = a little small
photo-reason-little-skin = not much skin is in it
photo-reason-dark = a little dark
photo-reason-bright = a little bright
photo-reason-blurred = a little blurred
photo-reason-low-contrast = the spot hardly stands out
photo-reason-ruler-ink = a ruler or ink is in it
photo-reason-dermoscopy = taken through a dermatoscope
photo-reason-face = a face is in it; a close-up of the spot alone would tell me more and keep you private
