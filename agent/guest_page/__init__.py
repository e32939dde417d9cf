"""The guests' page: a selfie finds the photos of whoever is on it. Beside the API, and with none of its rights."""
