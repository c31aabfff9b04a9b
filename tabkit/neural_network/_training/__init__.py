"""How networks are trained, in PyTorch alone: losses, schedules, optimisers, averages, precision."""
