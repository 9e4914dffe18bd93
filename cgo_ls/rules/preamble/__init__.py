"""The comment above import "C": whether cgo reads it, and what it lacks."""
