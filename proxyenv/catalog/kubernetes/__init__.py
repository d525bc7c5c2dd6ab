"""What Kubernetes reads: objects, pods, and what kustomize and Helm make of them. All of it is pure."""
