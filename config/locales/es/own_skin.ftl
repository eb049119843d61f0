## Imágenes sobre la propia foto

pictures-badge-composite = SINTÉTICO · DIBUJADO EN UNA FOTO
