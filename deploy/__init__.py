"""Running the project: on one machine (`deploy.local`), in containers and on clusters (files)."""
