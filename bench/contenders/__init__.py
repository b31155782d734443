"""What is measured, each in a process of its own: us, the floors, the peers."""
