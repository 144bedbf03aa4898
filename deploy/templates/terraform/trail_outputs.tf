
output "trail_arn" {
  description = "Trail of this module, null if it makes none here."
  value       = one(aws_cloudtrail.trail[*].arn)
}

output "trail_bucket" {
  description = "Bucket with the log files of that trail."
  value       = one(aws_s3_bucket.trail[*].bucket)
}
