console-no-file = No hay ningún archivo llamado { $name } que yo pueda leer.
