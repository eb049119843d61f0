## Reference pictures in the making

# $percent is a whole number from 0 to 100.
drawing-progress = Drawing your pictures: { $percent } % done
web-sketch = A rough, synthetic sketch of a picture that is not finished
