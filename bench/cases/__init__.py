"""What is measured, a module a subject. Each has `measure(world, effort)`, which yields its lines."""
