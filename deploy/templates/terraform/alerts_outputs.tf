output "topic_arn" {
  description = "Topic of the alerts."
  value       = aws_sns_topic.alerts.arn
}

output "key_arn" {
  description = "Key that encrypts the alerts."
  value       = aws_kms_key.alerts.arn
}

output "dead_letters_url" {
  description = "Queue of the events that could not be delivered to a target."
  value       = aws_sqs_queue.dead_letters.url
}

output "rule_arns" {
  description = "ARNs of the rules in this Region, by id."
  value       = { for id, rule in aws_cloudwatch_event_rule.rule : id => rule.arn }
}
