locals {
  # The rules whose events arrive in this Region.
  rules_here = {
    for id, rule in local.rules : id => rule
    if length(rule.regions) == 0 || contains(rule.regions, local.region)
  }
}

resource "aws_cloudwatch_event_rule" "rule" {
  for_each = local.rules_here

  region        = var.region
  name_prefix   = var.name_prefix
  description   = each.value.description
  state         = each.value.state
  event_pattern = each.value.pattern
  tags          = var.tags
}

resource "aws_cloudwatch_event_target" "alerts" {
  for_each = local.rules_here

  region    = var.region
  rule      = aws_cloudwatch_event_rule.rule[each.key].name
  target_id = "Alerts"
  arn       = aws_sns_topic.alerts.arn

  dead_letter_config {
    arn = aws_sqs_queue.dead_letters.arn
  }

  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 185
  }

  input_transformer {
    input_paths    = local.message_paths
    input_template = chomp(each.value.message)
  }
}
