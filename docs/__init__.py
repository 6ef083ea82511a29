"""The tutorial, and what makes and checks it."""
