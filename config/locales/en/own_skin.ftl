## Pictures on a person's own photo

pictures-badge-composite = SYNTHETIC · DRAWN ON A PHOTO
