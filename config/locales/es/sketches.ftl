## Imágenes de referencia en curso

# $percent is a whole number from 0 to 100.
drawing-progress = Dibujando tus imágenes: { $percent } % listo
web-sketch = Un boceto sintético de una imagen sin terminar
